"""`python -m deploy`: the command `drystone`, from a checkout."""

from deploy.cli import main

if __name__ == "__main__":
    main()
