"""The sandbox: people's code in a closed room of the machine's own kernel; it never runs any of it outside of one."""
