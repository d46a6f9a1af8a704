"""What is under test: the document's tables, its schemas, what a profile promises of a deployment."""
