"""The command line, `python -m train COMMAND`: one file a command.

Each file has `add_command(commands)`, which adds the command with its options, and a function that
runs it. Heavy libraries are imported by that function, so that `--help` is quick.

options.py  the options that several commands share
"""
