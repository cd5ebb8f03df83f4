"""Changes of a weights file in HDF5 that make it hostile or useless; each takes the file's path."""

import h5py
import numpy as np

DENSE = "layers/dense/vars/0"
DENSE_INPUTS = 768


def replace_dense(path, **options):
    """Replace the last layer's weights by a new dataset, created with `options`."""
    with h5py.File(path, "r+") as file:
        del file[DENSE]
        file.create_dataset(DENSE, **options)


def dense(path):
    with h5py.File(path) as file:
        return file[DENSE][...]


def gzip_bomb(path):
    """4 GB of zeros in a few megabytes, just below Keras's own limit."""
    shape, chunks = (1_000_000, 1_000), (100_000, 100)
    replace_dense(
        path, shape=shape, dtype="f4", compression="gzip", compression_opts=1, chunks=chunks
    )
    with h5py.File(path, "r+") as file:
        file[DENSE][:1] = 1


def gzip_of_the_right_shape(path):
    replace_dense(path, data=dense(path), compression="gzip")


def array_in_pieces(path):
    """Uncompressed chunks: several could share one place in a file."""
    replace_dense(path, data=dense(path), chunks=(DENSE_INPUTS, 1))


def one_array_under_many_names(path):
    with h5py.File(path, "r+") as file:
        for index in range(500):
            file[f"layers/dense/vars/{index + 2}"] = file[DENSE]


def unstored_array(path):
    replace_dense(path, shape=(1_000_000, 1_000), dtype="f4")


def many_layers(path):
    with h5py.File(path, "r+", libver="latest") as file:
        for index in range(20_000):
            file["layers"].create_group(f"dense_{index}")


def deep_groups(path):
    with h5py.File(path, "r+") as file:
        file.create_group("/".join(["deep"] * 5_000))


def put(entry):
    """Replace the last layer's weights by a link or a type."""

    def change(path):
        with h5py.File(path, "r+") as file:
            del file[DENSE]
            file[DENSE] = entry

    return change


def circle(path):
    with h5py.File(path, "r+") as file:
        file["layers/dense/layers"] = file["layers"]
        file["layers/dense/vars/2"] = file["layers"]


def array_in_another_file(path):
    replace_dense(
        path, shape=(DENSE_INPUTS, 10), dtype="f4", external=[("/dev/zero", 0, DENSE_INPUTS * 40)]
    )


def virtual_array(path):
    layout = h5py.VirtualLayout((DENSE_INPUTS, 10), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "data", (DENSE_INPUTS, 10))
    with h5py.File(path, "r+") as file:
        del file[DENSE]
        file.create_virtual_dataset(DENSE, layout)


def attribute(where, name="more"):
    """Add an attribute, which costs a group or an array nothing, but may crash the library."""

    def change(path):
        with h5py.File(path, "r+") as file:
            file[where].attrs[name] = "text"

    return change


def eleven_classes(path):
    replace_dense(path, data=np.zeros((DENSE_INPUTS, 11), "f4"))


def double_precision(path):
    replace_dense(path, data=dense(path).astype("f8"))


def whole_numbers(path):
    replace_dense(path, data=np.zeros((DENSE_INPUTS, 10), "i4"))


def strings(path):
    replace_dense(path, data=np.array(["text" * 100] * 10, object), dtype=h5py.string_dtype())


def scalar(path):
    replace_dense(path, data=np.float32(1))


def no_values(path):
    """An array of float32 with a null dataspace, which h5py reads as another object."""
    replace_dense(path, data=h5py.Empty("f4"))


def missing_layer(path):
    with h5py.File(path, "r+") as file:
        del file["layers/dense"]


def group_for_an_array(path):
    with h5py.File(path, "r+") as file:
        del file[DENSE]
        file.create_group(DENSE)


def fill(value):
    def change(path):
        with h5py.File(path, "r+") as file:
            file[DENSE][0, 0] = value

    return change


def zeros(path):
    with h5py.File(path, "r+") as file:
        file[DENSE][...] = 0


def overflowing(path):
    with h5py.File(path, "r+") as file:
        file[DENSE][...] = 3e38


def shuffled(path):
    with h5py.File(path, "r+") as file:
        file[DENSE][...] = np.roll(file[DENSE][...], 1, axis=1)
