"""`python -m contracts.gateway` serves the reference gateway; see `serve`."""

import sys

from contracts.gateway.serve import main

if __name__ == "__main__":
    sys.exit(main())
