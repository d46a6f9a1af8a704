"""Exchanges on paper: JSON and curl lines, a run's own files, other people's HAR."""
