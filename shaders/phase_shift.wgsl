// Moves pairs of real frames by turning their spectrum. The spectra of the two frames of a plane are told apart by
// their symmetry, each is multiplied by e^{2πi(fx·dx + fy·dy)}, and they are put together again. The highest frequency
// of an even length stands for both its signs, whose mean is real. One item does one frequency of a run of planes.
struct Params {
  items: u32,
  // Frames in the planes, the first of them among the displacements, and planes that an item does.
  frames: u32,
  first_frame: u32,
  run: u32,
  width: u32,
  height: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> spectra: array<vec2f>;
@group(0) @binding(2) var<storage, read> displacements: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> shifted: array<vec2f>;

// Cosine and sine of whole turns. WGSL's own are not promised to be exact enough; these are Taylor's series within an
// eighth of a turn.
fn wave(turns: f32) -> vec2f {
  let quarters = round(4.0 * turns);
  let a = 6.283185307179586 * (turns - 0.25 * quarters);
  let b = a * a;
  let sine = a * (1.0 + b * (-1.0 / 6.0 + b * (1.0 / 120.0 + b * (-1.0 / 5040.0 + b * (1.0 / 362880.0)))));
  let cosine = 1.0 + b * (-0.5 + b * (1.0 / 24.0 + b * (-1.0 / 720.0 + b * (1.0 / 40320.0))));
  let quarter = i32(quarters) & 3;
  let turned = select(vec2f(cosine, sine), vec2f(-sine, cosine), (quarter & 1) == 1);
  return select(turned, -turned, quarter >= 2);
}

// What the spectrum of a frame moved by d is multiplied with.
fn factor(frequency: vec2f, is_highest: vec2<bool>, d: vec2f) -> vec2f {
  let turns = frequency * d;
  let within = select(turns - round(turns), vec2f(), is_highest);
  let means = select(vec2f(1.0), vec2f(wave(0.5 * d.x).x, wave(0.5 * d.y).x), is_highest);
  return wave(within.x + within.y) * (means.x * means.y);
}

fn times(x: vec2f, w: vec2f) -> vec2f {
  return vec2f(x.x * w.x - x.y * w.y, x.x * w.y + x.y * w.x);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let size = params.width * params.height;
  let first_plane = item / size * params.run;
  let last_plane = min(first_plane + params.run, (params.frames + 1u) / 2u);
  let place = item % size;
  let v = place / params.width;
  let u = place - v * params.width;
  let lengths = vec2u(params.width, params.height);
  let mirrored = select(lengths - vec2u(u, v), vec2u(), vec2u(u, v) == vec2u());
  let mirror = mirrored.y * params.width + mirrored.x;
  let is_negative = 2u * vec2u(u, v) > lengths;
  let frequency = vec2f(select(vec2i(vec2u(u, v)), -vec2i(mirrored), is_negative)) / vec2f(lengths);
  let is_highest = 2u * vec2u(u, v) == lengths;
  for (var plane = first_plane; plane < last_plane; plane++) {
    let z = spectra[plane * size + place];
    let m = spectra[plane * size + mirror];
    // Twice the spectra: of the even frame z + m*, of the odd frame −i(z − m*).
    let even = vec2f(z.x + m.x, z.y - m.y);
    let odd = vec2f(z.y + m.y, m.x - z.x);
    let frame = params.first_frame + 2u * plane;
    let next = params.first_frame + min(2u * plane + 1u, params.frames - 1u);
    let a = times(even, factor(frequency, is_highest, displacements[frame]));
    let b = times(odd, factor(frequency, is_highest, displacements[next]));
    shifted[plane * size + place] = 0.5 * vec2f(a.x - b.y, a.y + b.x);
  }
}
