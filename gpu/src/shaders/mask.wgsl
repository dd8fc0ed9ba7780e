// A 1 x 1 convolution to three logits, and the complex mask that they stand for: the sigmoid of the first, in the direction
// of the hyperbolic tangents of the others. The mask of the last bin, which the network does not read, is 0.

struct Call {
    // Columns read: the first, and how many.
    start: i32,
    count: u32,
    // Bins of a column, one less than of a frame.
    bins: u32,
    // Groups of four channels.
    groups: u32,
    in_places: u32,
    // Masks before those that are written.
    offset: u32,
}

var<immediate> call: Call;
@group(0) @binding(0) var<storage, read> input: array<vec4f>;
// One matrix for each group of channels; its fourth row is empty.
@group(0) @binding(1) var<storage, read> factors: array<mat4x4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> masks: array<vec2f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) tiles: vec3u) {
    let index = id.x + id.y * tiles.x * 64u;
    if index >= call.count * (call.bins + 1u) {
        return;
    }
    let bin = index % (call.bins + 1u);
    let frame = index / (call.bins + 1u);
    if bin == call.bins {
        masks[call.offset + index] = vec2f();
        return;
    }
    let pixel = (u32(call.start) + frame) % call.in_places * call.bins + bin;
    var logits = bias[0];
    for (var group = 0u; group < call.groups; group++) {
        logits += factors[group] * input[pixel * call.groups + group];
    }
    // Beyond these nothing changes in single precision, and some drivers' functions overflow.
    let magnitude = 1.0 / (1.0 + exp(-clamp(logits.x, -80.0, 80.0)));
    let phasor = tanh(clamp(logits.yz, vec2f(-15.0), vec2f(15.0)));
    masks[call.offset + index] = phasor * (magnitude / max(length(phasor), 1e-10));
}
