// A transposed convolution whose kernels do not overlap, of a map that is activated as it is read. What an input pixel
// becomes at one place of its kernel is a phase: a layer of the dispatch.

struct Call {
    // Input columns read: the first, and how many.
    start: i32,
    count: u32,
    // Bins of an input column.
    bins: u32,
    // Groups of four channels.
    inputs: u32,
    groups: u32,
    // Columns that a ring holds.
    in_places: u32,
    out_places: u32,
    // Output columns and bins that an input pixel becomes.
    time: u32,
    frequency: u32,
    // Output columns that are kept.
    kept_start: i32,
    kept_end: i32,
}

var<immediate> call: Call;
@group(0) @binding(0) var<storage, read> input: array<vec4f>;
// One matrix after the other, of each phase.
@group(0) @binding(1) var<storage, read> factors: array<mat4x4f>;
// Scales of all groups, then shifts.
@group(0) @binding(2) var<storage, read> activation: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;

fn depth() -> u32 {
    return call.inputs;
}

fn fetch(place: vec2i, group: u32) -> vec4f {
    if place.x >= call.start + i32(call.count) {
        return vec4f();
    }
    let pixel = u32(place.x) % call.in_places * call.bins + u32(place.y);
    var value = input[pixel * call.inputs + group];
    value = value * activation[group] + activation[call.inputs + group];
    return max(value, 0.01 * value);
}

fn weights(group: u32, output: u32, phase: u32) -> mat4x4f {
    return factors[(phase * call.inputs + group) * call.groups + output];
}

fn keep(place: vec2i, output: u32, phase: u32, sum: vec4f) {
    let column = place.x * i32(call.time) + i32(phase / call.frequency);
    if column < call.kept_start || column >= call.kept_end {
        return;
    }
    let bin = u32(place.y) * call.frequency + phase % call.frequency;
    let pixel = u32(column) % call.out_places * (call.bins * call.frequency) + bin;
    out[pixel * call.groups + output] = sum;
}
