"""Exchanges on paper: as JSON and curl lines, as files of a run, and recordings of other people's traffic."""
