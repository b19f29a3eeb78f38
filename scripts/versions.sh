# Versions of tools that no lock file holds.
GOLANGCI_LINT=v2.15.0
