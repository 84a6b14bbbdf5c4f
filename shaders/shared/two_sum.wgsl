// What rounding loses in sum + value (Knuth's two-sum). Compilers that treat float addition as associative would find it to be 0:
// `zero` is a uniform that is always 0, and hides from them that `total` is the sum.
fn two_sum_error(sum: vec4f, value: vec4f, zero: u32) -> vec4f {
  let total = bitcast<vec4f>(bitcast<vec4u>(sum + value) ^ vec4u(zero));
  let added = bitcast<vec4f>(bitcast<vec4u>(total - sum) ^ vec4u(zero));
  let kept = bitcast<vec4f>(bitcast<vec4u>(total - added) ^ vec4u(zero));
  return (sum - kept) + (value - added);
}
