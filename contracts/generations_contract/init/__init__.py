"""What a team begins with: files for its own repository, written once and never over something."""
