"""`python -m generations_contract.gateway` serves the reference gateway; see `doors.serve`."""

import sys

from generations_contract.gateway.doors.serve import main

if __name__ == "__main__":
    sys.exit(main())
