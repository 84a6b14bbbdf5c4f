"""AVI and other videos by ffmpeg, and a Miniscope recording, with what annulus must read: make_avi.py FOLDER."""

import json
import os
import re
import shutil
import subprocess
import sys

try:
    import numpy as np
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)
if not shutil.which("ffmpeg"):
    print("SKIP: ffmpeg is not installed")
    sys.exit(0)

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
# Odd sizes show padding; the pattern is smooth enough for codecs that lose something, and moves.
T, H, W = 37, 33, 50


def pattern(height, width, frames=T):
    y, x = np.mgrid[:height, :width]
    values = [127 + 80 * np.sin(x / 5 + t / 4) * np.cos(y / 7 - t / 9) + 30 * np.sin(t / 3) + (x * y + t) % 7 for t in range(frames)]
    return np.clip(values, 0, 255).astype("u1")


def ffmpeg(*arguments, data=None):
    command = ["ffmpeg", "-v", "error", "-y", *arguments]
    return subprocess.run(command, input=data, check=True, stdout=subprocess.PIPE).stdout


def every_picture():
    """The flag by which every decoded picture comes out once: its name changed with 5.1."""
    version = subprocess.run(["ffmpeg", "-version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    number = re.search(r"version n?(\d+)\.(\d+)", version)
    old = number and (int(number[1]), int(number[2])) < (5, 1)
    return ["-vsync" if old else "-fps_mode", "passthrough"]


def encodes(codec):
    listed = subprocess.run(["ffmpeg", "-v", "error", "-encoders"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return any(line.split()[1:2] == [codec] for line in listed.splitlines())


def decoded(path, pixels, shape):
    """The frames as ffmpeg decodes the whole file, one after another."""
    data = ffmpeg("-i", path, "-map", "0:v:0", *every_picture(), "-pix_fmt", pixels, "-f", "rawvideo", "pipe:1")
    frames = np.frombuffer(data, "<u2" if "16" in pixels else "u1")
    return frames.reshape(-1, *shape)


def write(name, frames, *codec, exact=True):
    """Writes a movie with ffmpeg. `exact`: annulus must read the very values that went in; else those that ffmpeg decodes."""
    path = os.path.join(folder, name)
    pixels = "gray" if frames.dtype.itemsize == 1 else "gray16le"
    size = f"{frames.shape[2]}x{frames.shape[1]}"
    raw = ["-f", "rawvideo", "-pix_fmt", pixels, "-s", size, "-r", "20", "-i", "pipe:0"]
    ffmpeg(*raw, *codec, path, data=frames.tobytes())
    back = decoded(path, pixels, frames.shape[1:])
    assert back.shape == frames.shape, (name, back.shape)
    if exact:
        assert np.array_equal(back, frames), f"{name}: ffmpeg does not give back what went in"
    np.save(f"{path}.expected.npy", frames if exact else back)
    print(f"made: {name}")


grey = pattern(H, W)
grey16 = grey.astype("<u2") * 257 - np.arange(W, dtype="<u2")
ramp = np.stack([np.roll(np.arange(256, dtype="u1"), t).reshape(16, 16) for t in range(9)])

write("avi_grey.avi", grey, "-c:v", "rawvideo", "-pix_fmt", "gray")
write("avi_grey_ramp.avi", ramp, "-c:v", "rawvideo", "-pix_fmt", "gray")
write("avi_bgr24.avi", grey, "-c:v", "rawvideo", "-pix_fmt", "bgr24")
write("avi_bgra.avi", ramp, "-c:v", "rawvideo", "-pix_fmt", "bgra")
for name, options in [
    ("420", ["-pix_fmt", "yuvj420p", "-q:v", "2"]),
    ("422", ["-pix_fmt", "yuvj422p", "-q:v", "9", "-huffman", "optimal"]),
    ("444", ["-pix_fmt", "yuvj444p", "-q:v", "4", "-huffman", "default"]),
]:
    write(f"avi_mjpeg_{name}.avi", grey, "-c:v", "mjpeg", *options, exact=False)
for level in ["1", "3"]:
    for coder in ["0", "1", "2"]:
        for group in ["1", "12"]:
            how = ["-c:v", "ffv1", "-level", level, "-coder", coder, "-g", group]
            write(f"avi_ffv1_{level}_{coder}_{group}.avi", grey, *how, "-pix_fmt", "gray")
            write(f"avi_ffv1_{level}_{coder}_{group}_bgr0.avi", ramp, *how, "-pix_fmt", "bgr0")
write("avi_ffv1_context.avi", grey, "-c:v", "ffv1", "-level", "3", "-context", "1", "-slices", "4", "-slicecrc", "1")
write("avi_ffv1_16.avi", grey16, "-c:v", "ffv1", "-pix_fmt", "gray16le")
write("avi_huffyuv.avi", grey, "-c:v", "ffvhuff", "-pix_fmt", "rgb24")
write("avi_png.avi", grey, "-c:v", "png", "-pix_fmt", "gray")
write("avi_mpeg4.avi", grey, "-c:v", "mpeg4", "-g", "9", "-q:v", "3", exact=False)
write("mkv_ffv1.mkv", grey16, "-c:v", "ffv1", "-pix_fmt", "gray16le")
even = pattern(34, 50)
if encodes("libx264"):
    h264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "3", "-g", "11"]
    write("h264.mp4", even, *h264, exact=False)
    write("h264_open.mkv", even, *h264, "-x264-params", "open-gop=1", exact=False)
    write("h264.mov", even, *h264, "-movflags", "+faststart", exact=False)
else:
    print("SKIP: this ffmpeg has no libx264")
if encodes("libvpx-vp9"):
    write("vp9.webm", even, "-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", "-g", "10", "-deadline", "realtime", exact=False)

# A palette maps numbers to colours: ffmpeg's choice of colours loses something, so what it decodes counts.
path = os.path.join(folder, "avi_palette.avi")
ffmpeg("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{W}x{H}", "-r", "20", "-i", "pipe:0", "-c:v", "rawvideo", "-pix_fmt", "pal8", path, data=grey.tobytes())
colours = np.frombuffer(
    ffmpeg("-i", path, "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"), "u1"
).reshape(-1, H, W, 3).astype(int)
np.save(f"{path}.expected.npy", ((colours @ [77, 150, 29] + 128) >> 8).astype("u1"))
print("made: avi_palette.avi")

# A recording of a Miniscope V4, as its software lays it out: eleven files of FFV1 with a table of timestamps.
session = os.path.join(folder, "miniscope_v4")
device = os.path.join(session, "My_V4_Miniscope")
os.makedirs(device, exist_ok=True)
movie = pattern(48, 64, 11 * 4 - 1)
for i in range(11):
    part = movie[4 * i : 4 * i + 4]
    ffmpeg("-f", "rawvideo", "-pix_fmt", "gray", "-s", "64x48", "-r", "60", "-i", "pipe:0", "-c:v", "ffv1", "-level", "1", "-pix_fmt", "bgr0",
           os.path.join(device, f"{i}.avi"), data=part.tobytes())
with open(os.path.join(device, "timeStamps.csv"), "w", newline="\r\n") as file:
    file.write("Frame Number,Time Stamp (ms),Buffer Index\n")
    file.writelines(f"{i},{i * 50 - 23},0\n" for i in range(len(movie)))
with open(os.path.join(device, "metaData.json"), "w") as file:
    json.dump({"deviceName": "My V4 Miniscope", "deviceType": "Miniscope_V4_BNO", "frameRate": "20FPS", "framesPerFile": 4}, file)
with open(os.path.join(session, "metaData.json"), "w") as file:
    json.dump({"miniscopes": ["My V4 Miniscope"], "cameras": []}, file)
np.save(f"{session}.expected.npy", movie)
print("made: miniscope_v4")
