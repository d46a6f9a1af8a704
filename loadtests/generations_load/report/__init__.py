"""What a load run writes: its report, the page, the pictures."""
