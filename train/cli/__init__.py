"""The command line, `python -m train COMMAND`: one file a command.

Each file has `add_command(commands)`, which adds the command with its options, and `run(options)`,
which runs it. `run` imports the heavy libraries itself, so that `--help` needs none of them.

options.py        options that several commands share
fit.py            train an architecture
calibrate.py      fit the temperature and the threshold of a finished run again
calibrate_numbers.py  fit the confidence of whole numbers
evaluate.py       score a run on the test splits
package.py        write the model package of an evaluated run
publish.py        upload a model package to the Hub
publish_space.py  upload the page to a Space
compare.py        our model and the tutorials' in one table
crossval.py       k-fold cross-validation
ablate.py         the effect of each ingredient of the recipe
predict.py        read the digits on image files
show_data.py      describe and draw a dataset
architectures.py  list the networks, or the layers of one
layouts.py        record the layout of the LiteRT files

To add a command, write a file and add it to `COMMANDS` in `train/__main__.py`.
"""
