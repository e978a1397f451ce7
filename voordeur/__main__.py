"""`python -m voordeur`: the same as the command `voordeur`."""

import sys

from voordeur.faces.terminal.main import main

if __name__ == "__main__":
    sys.exit(main())
