// The displacement of a pixel, linear between the nodes of a grid and constant beyond the outermost. Needs `params`
// with the grid and a binding `nodes`.
fn displacement_at(frame: u32, x: f32, y: f32) -> vec2f {
  let down = clamp((y - params.first_y) / params.step_y, 0.0, f32(params.node_rows - 1u));
  let across = clamp((x - params.first_x) / params.step_x, 0.0, f32(params.node_columns - 1u));
  let node = (frame * params.node_rows + u32(down)) * params.node_columns + u32(across);
  let next_row = select(0u, params.node_columns, u32(down) + 1u < params.node_rows);
  let next_column = select(0u, 1u, u32(across) + 1u < params.node_columns);
  let part = vec2f(across - floor(across), down - floor(down));
  let upper = fma(nodes[node + next_column] - nodes[node], vec2f(part.x), nodes[node]);
  let lower = fma(nodes[node + next_row + next_column] - nodes[node + next_row], vec2f(part.x), nodes[node + next_row]);
  return fma(lower - upper, vec2f(part.y), upper);
}
