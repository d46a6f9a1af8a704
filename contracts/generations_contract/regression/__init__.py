"""Schema regression: what a change of the contract breaks, for whom, and the document that proves it.

The package `containment` answers one question about two schemas; everything here turns that answer into named,
located changes, releases and drift. Nothing here sends a request, and nothing here judges an exchange's timing.
"""
