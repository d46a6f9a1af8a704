"""How requests get to a target and back: connections, deadlines, credentials, redaction, stages."""
