"""Checks results.nwb and movies/movie.nwb by pynwb, the official validator and the official inspector: check_nwb.py FOLDER.

The truth is results.h5, read with h5py, and movies/movie.npy.
"""
import os
import sys
import warnings

try:
    import h5py
    import numpy as np
    import pynwb
    from nwbinspector import Importance, inspect_nwbfile
    from pynwb import NWBHDF5IO
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

# pynwb warns that annulus embeds no copy of the schema: it uses its own.
warnings.filterwarnings("ignore")

# What only the user can provide: shown, but no failure.
USERS = {"check_subject_exists", "check_imaging_plane_location_allen_ccf"}


def validate(path):
    errors = pynwb.validate(path=path)
    assert not errors, f"{path}: {errors}"
    print(f"ok: {os.path.basename(path)}: the validator of pynwb {pynwb.__version__} finds no error")


def inspect(path):
    bad = 0
    for message in inspect_nwbfile(nwbfile_path=path):
        place = message.location or message.object_name
        print(f"    {message.importance.name}: {message.check_function_name} {place}: {message.message}")
        is_ours = message.check_function_name not in USERS
        bad += is_ours and message.importance.value >= Importance.BEST_PRACTICE_VIOLATION.value
    assert bad == 0, f"{path}: the inspector finds {bad} violations"
    print(f"ok: {os.path.basename(path)}: the inspector finds no violation (suggestions above)")


def dense(h5):
    """Footprints as cells × rows × columns."""
    from_, to = h5["footprints/indptr"][:-1], h5["footprints/indptr"][1:]
    height, width = int(h5.attrs["height"]), int(h5.attrs["width"])
    masks = np.zeros((len(from_), height * width), "f4")
    for k in range(len(from_)):
        masks[k, h5["footprints/indices"][from_[k] : to[k]]] = h5["footprints/data"][from_[k] : to[k]]
    return masks.reshape(-1, height, width)


def times(series, frames):
    if series.rate is None:
        return np.asarray(series.timestamps[:])
    return series.starting_time + np.arange(frames) / series.rate


def same(what, found, wanted, exactly=True):
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape, f"{what}: shape {found.shape}, not {wanted.shape}"
    if exactly:
        assert np.array_equal(found, wanted, equal_nan=wanted.dtype.kind == "f"), f"{what} differs"
    else:
        assert np.abs(found - wanted).max(initial=0) < 1e-8, f"{what} differs"


def check_results(folder):
    path = os.path.join(folder, "results.nwb")
    validate(path)
    inspect(path)
    with h5py.File(os.path.join(folder, "results.h5")) as h5, NWBHDF5IO(path, "r") as io:
        nwb = io.read()
        ophys, frames = nwb.processing["ophys"], int(h5.attrs["frames"])
        masks = dense(h5)
        assert masks.shape[1] != masks.shape[2], "the field is square: orientation cannot be told"
        table = ophys["ImageSegmentation"]["PlaneSegmentation"]
        # NWB's masks are indexed [cell][x][y].
        same("image_mask", np.transpose(table["image_mask"][:], (0, 2, 1)), masks)
        print(f"ok: image_mask: {masks.shape[0]} cells, x before y, equal to results.h5 bit by bit")
        rows, columns = np.mgrid[: masks.shape[1], : masks.shape[2]]
        weights = masks.astype("f8")
        for axis, place in [("centre_x", columns), ("centre_y", rows)]:
            same(axis, table[axis][:], (weights * place).sum((1, 2)) / weights.sum((1, 2)), exactly=False)
        if "quality" in h5:
            same("accepted", table["accepted"][:], h5["quality/accepted"][:].astype(bool))
            same("rejected", table["rejected"][:], h5["quality/accepted"][:] == 0)
            same("snr", table["snr"][:], h5["quality/snr"][:])
            same("r_value", table["r_value"][:], h5["quality/r_value"][:])
        print("ok: columns of the table: " + ", ".join(table.colnames))
        wanted = h5["movie/timestamps"][:] if "movie/timestamps" in h5 else np.arange(frames) / h5.attrs["frame_rate"]
        names = {"RoiResponseSeries": "raw", "Denoised": "denoised", "Deconvolved": "spikes"}
        for name, trace in names.items():
            series = ophys["Fluorescence"][name]
            same(name, series.data[:], h5[f"traces/{trace}"][:].T)
            assert series.unit == h5.attrs["units"], f"{name} is in {series.unit}"
            assert series.rois.table is table and list(series.rois.data[:]) == list(range(len(masks)))
            assert np.abs(times(series, frames) - wanted).max() < 1e-8, f"{name} has other times"
        print(f"ok: traces in {h5.attrs['units']}, frames × cells, with the movie's times")
        for name, image in ophys["SummaryImages"].images.items():
            truth = h5["background/b0"] if name == "b0" else h5[f"summary/{name}"]
            same(name, np.asarray(image.data[:]).T, truth[:])
        print("ok: summary images: " + ", ".join(ophys["SummaryImages"].images))
        check_recording(nwb, h5, folder, wanted)
        if "xy_translation" in ophys.data_interfaces:
            moved = ophys["xy_translation"]
            assert moved.data.shape[1] == 2 and moved.unit == "pixels"
            print(f"ok: xy_translation of {moved.data.shape[0]} frames")
        parameters = ophys["analysis_parameters"].to_dataframe()
        assert "gSig" in set(parameters["entry"]), "the parameters lack gSig"
        print(f"ok: {len(parameters)} parameters and notes")


def check_recording(nwb, h5, folder, wanted):
    movie = nwb.acquisition["OnePhotonSeries"]
    assert movie.format == "external"
    for file in movie.external_file[:]:
        assert os.path.isfile(os.path.join(folder, file)), f"{file} is not beside the NWB file"
    assert list(movie.dimension[:]) == [h5.attrs["width"], h5.attrs["height"]]
    assert movie.num_samples == h5.attrs["frames"] and list(movie.starting_frame) == [0]
    assert np.abs(times(movie, len(wanted)) - wanted).max() < 1e-8
    plane = movie.imaging_plane
    if "pixel_size_x" in h5["movie"].attrs:
        size = [h5["movie"].attrs["pixel_size_x"], h5["movie"].attrs["pixel_size_y"]]
        assert np.allclose(np.array(plane.grid_spacing[:]) * 1e6, size, rtol=1e-12) and plane.grid_spacing_unit == "meters"
    if "start_time" in h5["movie"].attrs:
        from dateutil.parser import isoparse

        assert nwb.session_start_time == isoparse(h5["movie"].attrs["start_time"]), nwb.session_start_time
    print(f"ok: the recording is linked: {', '.join(movie.external_file[:])}, {plane.description}")


def check_movie(folder):
    path, truth = os.path.join(folder, "movies/movie.nwb"), np.load(os.path.join(folder, "movies/movie.npy"))
    validate(path)
    inspect(path)
    with NWBHDF5IO(path, "r") as io:
        series = io.read().acquisition["OnePhotonSeries"]
        # NWB's frames are indexed [frame][x][y].
        same("movie", np.transpose(series.data[:], (0, 2, 1)), truth)
        assert series.data.dtype == truth.dtype, series.data.dtype
        assert list(series.dimension[:]) == [truth.shape[2], truth.shape[1]]
        assert series.rate is not None or len(series.timestamps) == len(truth)
        print(f"ok: movie.nwb: {truth.shape[0]} frames, x before y, equal to movie.npy bit by bit")


check_results(sys.argv[1])
check_movie(sys.argv[1])
