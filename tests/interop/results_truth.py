"""What the results file says, read with h5py alone: the truth that the checks of exports compare with."""

import os

import h5py
import numpy as np


class Truth:
    """Everything of FOLDER/results.h5 that exports hold; images are (height, width), traces (cells, frames)."""

    def __init__(self, folder):
        with h5py.File(os.path.join(folder, "results.h5"), "r") as file:
            self.height, self.width = int(file.attrs["height"]), int(file.attrs["width"])
            self.cells, self.frames = int(file.attrs["cells"]), int(file.attrs["frames"])
            self.rate = float(file.attrs["frame_rate"])
            units = file.attrs["units"]
            self.units = units.decode() if isinstance(units, bytes) else str(units)
            part = {name: file["footprints"][name][:] for name in ("data", "indices", "indptr")}
            self.footprints = np.zeros((self.cells, self.height * self.width), np.float32)
            for k in range(self.cells):
                at = slice(part["indptr"][k], part["indptr"][k + 1])
                self.footprints[k, part["indices"][at]] = part["data"][at]
            self.footprints = self.footprints.reshape(self.cells, self.height, self.width)
            for name in ("raw", "denoised", "spikes", "noise", "baseline", "time_constants"):
                setattr(self, name, file["traces"][name][:])
            self.b0 = file["background/b0"][:]
            self.weights, self.offsets = (file["background/ring"][name][:] for name in ("weights", "offsets"))
            self.summary = {name: file["summary"][name][:] for name in file["summary"]}
            quality = file["quality"] if "quality" in file else {}
            self.accepted, self.snr, self.r_value = (
                quality[name][:] if name in quality else None for name in ("accepted", "snr", "r_value")
            )
            movie = file["movie"]
            self.timestamps = movie["timestamps"][:] if "timestamps" in movie else None
            size = [movie.attrs.get(f"pixel_size_{axis}") for axis in "xy"]
            self.pixel_size = None if size[0] is None else [float(one) for one in size]
        self.names = [f"C{k:03d}" for k in range(self.cells)]
        # Seconds since the first frame.
        self.time = np.arange(self.frames) / self.rate if self.timestamps is None else self.timestamps - self.timestamps[0]
        assert self.height != self.width and self.cells > 2, "a square field or few cells would hide mistakes"

    def status(self, k):
        """The state of cell k as Inscopix names it."""
        return "undecided" if self.accepted is None else "accepted" if self.accepted[k] else "rejected"

    def noise_unit(self, k):
        """What an amplitude is divided by to be in units of the noise."""
        return 1 if self.units == "dF over noise" else self.noise[k]

    def events(self):
        """(cell, frame) of every activity, cell by cell in order of time."""
        return [(k, t) for k in range(self.cells) for t in np.flatnonzero(self.spikes[k] > 0)]

    def outlined(self, k, level=0.3):
        """The pixels of cell k with at least this share of its largest weight."""
        return (self.footprints[k] > 0) & (self.footprints[k] >= np.float64(level) * self.footprints[k].max())
