// A 1 x 1 convolution of one or two maps as they are.

struct Call {
    // Columns computed: the first, and how many.
    start: i32,
    count: u32,
    bins: u32,
    // Groups of four channels.
    first_groups: u32,
    second_groups: u32,
    groups: u32,
    // Columns that a ring holds.
    first_places: u32,
    second_places: u32,
    out_places: u32,
}

var<immediate> call: Call;
@group(0) @binding(0) var<storage, read> first: array<vec4f>;
@group(0) @binding(1) var<storage, read> second: array<vec4f>;
@group(0) @binding(2) var<storage, read> factors: array<mat4x4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;

fn depth() -> u32 {
    return call.first_groups + call.second_groups;
}

fn fetch(place: vec2i, group: u32) -> vec4f {
    if place.x >= call.start + i32(call.count) {
        return vec4f();
    }
    if group < call.first_groups {
        let pixel = u32(place.x) % call.first_places * call.bins + u32(place.y);
        return first[pixel * call.first_groups + group];
    }
    let pixel = u32(place.x) % call.second_places * call.bins + u32(place.y);
    return second[pixel * call.second_groups + group - call.first_groups];
}

fn weights(group: u32, output: u32, phase: u32) -> mat4x4f {
    return factors[group * call.groups + output];
}

fn keep(place: vec2i, output: u32, phase: u32, sum: vec4f) {
    let pixel = u32(place.x) % call.out_places * call.bins + u32(place.y);
    out[pixel * call.groups + output] = sum + bias[output];
}
