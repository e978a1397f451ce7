"""The directory for other programs: the API of HSDS 3.1, dumps, and matching."""
