"""What tests of several rooms share: stages, exchanges in one line, outcomes, small servers."""
