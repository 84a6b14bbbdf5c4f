"""Movies in NWB files by pynwb, with what annulus must read: make_nwb.py FOLDER."""

import json
import os
import sys
from datetime import datetime, timezone

try:
    import h5py
    import numpy as np
    import tifffile
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.base import Images  # noqa: F401
    from pynwb.file import Subject
    from pynwb.image import ImageSeries
    from pynwb.ophys import CorrectedImageStack, MotionCorrection, OnePhotonSeries, OpticalChannel, TwoPhotonSeries
    from pynwb.base import TimeSeries
    from hdmf.backends.hdf5.h5_utils import H5DataIO
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
T, H, W = 40, 18, 27
generator = np.random.default_rng(6)
counts = generator.integers(0, 2**16, (T, H, W), dtype=np.uint16)


def expect(name, frames, **options):
    np.save(os.path.join(folder, f"{name}.expected.npy"), frames)
    if options:
        with open(os.path.join(folder, f"{name}.options.json"), "w") as file:
            json.dump(options, file)
    print(f"made: {name}")


def session():
    nwb = NWBFile(
        session_description="a mouse explores",
        identifier="annulus-interop",
        session_start_time=datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc),
        experimenter=["Ada", "Grace"],
        institution="a university",
        lab="a lab",
        subject=Subject(subject_id="M1", species="Mus musculus", sex="F", age="P90D"),
    )
    device = nwb.create_device(name="Miniscope", description="V4", manufacturer="a workshop")
    channel = OpticalChannel(name="green", description="GCaMP", emission_lambda=525.0)
    plane = nwb.create_imaging_plane(
        name="plane",
        optical_channel=channel,
        description="CA1",
        device=device,
        excitation_lambda=470.0,
        indicator="GCaMP6f",
        location="CA1",
        grid_spacing=[2.5e-6, 2.25e-6],
        grid_spacing_unit="meters",
    )
    return nwb, plane, device


def write(name, nwb):
    with NWBHDF5IO(os.path.join(folder, name), "w") as io:
        io.write(nwb)


# As the standard has it: frames × columns × rows.
turned = np.ascontiguousarray(counts.transpose(0, 2, 1))

nwb, plane, _ = session()
nwb.add_acquisition(
    OnePhotonSeries(name="movie", data=turned, imaging_plane=plane, rate=20.0, starting_time=1.5, unit="n.a.", dimension=[W, H])
)
write("nwb_rate.nwb", nwb)
expect("nwb_rate.nwb", counts)

nwb, plane, _ = session()
nwb.add_acquisition(
    OnePhotonSeries(
        name="movie",
        data=H5DataIO(turned, compression="gzip", chunks=(4, 10, 10)),
        imaging_plane=plane,
        timestamps=np.arange(T) / 20.0 + 3,
        unit="n.a.",
        conversion=0.5,
    )
)
write("nwb_timestamps.nwb", nwb)
expect("nwb_timestamps.nwb", counts)

nwb, plane, _ = session()
nwb.add_acquisition(OnePhotonSeries(name="rows_first", data=counts, imaging_plane=plane, rate=20.0, unit="n.a.", dimension=[W, H]))
write("nwb_rows_first.nwb", nwb)
expect("nwb_rows_first.nwb", counts)

nwb, plane, _ = session()
nwb.add_acquisition(TwoPhotonSeries(name="rows_first", data=counts, imaging_plane=plane, rate=20.0, unit="n.a."))
write("nwb_axes.nwb", nwb)
expect("nwb_axes.nwb", counts, axes="TYX")

tifffile.imwrite(os.path.join(folder, "nwb_part_0.tif"), counts[:15], photometric="minisblack")
tifffile.imwrite(os.path.join(folder, "nwb_part_1.tif"), counts[15:], photometric="minisblack")
nwb, plane, _ = session()
nwb.add_acquisition(
    OnePhotonSeries(
        name="movie",
        external_file=["nwb_part_0.tif", "./nwb_part_1.tif"],
        starting_frame=[0, 15],
        format="external",
        imaging_plane=plane,
        rate=20.0,
        num_samples=T,
        unit="n.a.",
        dimension=[W, H],
    )
)
write("nwb_external.nwb", nwb)
expect("nwb_external.nwb", counts)

# A corrected movie beside the raw one: the raw one is read unless the other is named.
for name, options in [("nwb_raw.nwb", {}), ("nwb_corrected.nwb", {"dataset": "corrected"})]:
    nwb, plane, device = session()
    raw = OnePhotonSeries(name="raw", data=turned, imaging_plane=plane, rate=20.0, unit="n.a.", dimension=[W, H])
    nwb.add_acquisition(raw)
    nwb.add_acquisition(ImageSeries(name="behaviour", data=turned[:5], rate=30.0, unit="n.a.", device=device))
    corrected = ImageSeries(name="corrected", data=turned[::-1], rate=20.0, unit="n.a.", dimension=[W, H])
    shifts = TimeSeries(name="xy_translation", data=np.zeros((T, 2)), rate=20.0, unit="pixels")
    stack = CorrectedImageStack(name="stack", corrected=corrected, original=raw, xy_translation=shifts)
    nwb.create_processing_module("ophys", "processed").add(MotionCorrection(corrected_image_stacks=[stack]))
    write(name, nwb)
    expect(name, counts[::-1] if options else counts, **options)

# Data in another file, by a link of HDF5.
nwb, plane, _ = session()
nwb.add_acquisition(OnePhotonSeries(name="movie", data=turned[:1], imaging_plane=plane, rate=20.0, unit="n.a.", dimension=[W, H]))
write("nwb_link.nwb", nwb)
with h5py.File(os.path.join(folder, "nwb_link_data.h5"), "w") as file:
    file["data"] = turned
with h5py.File(os.path.join(folder, "nwb_link.nwb"), "a") as file:
    series = file["acquisition/movie"]
    del series["data"]
    series["data"] = h5py.ExternalLink("nwb_link_data.h5", "/data")
expect("nwb_link.nwb", counts)
