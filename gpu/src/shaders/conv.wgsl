// A 3 x 3 convolution of one or two maps, each activated as it is read, and what goes round it added as it is kept.

struct Call {
    // Columns computed: the first, and how many.
    start: i32,
    count: u32,
    // Columns from this one on are empty.
    end: i32,
    bins: u32,
    // Groups of four channels.
    first_groups: u32,
    second_groups: u32,
    groups: u32,
    // Columns that a ring holds.
    first_places: u32,
    second_places: u32,
    around_places: u32,
    out_places: u32,
    // 0: nothing goes round it; 1: what it is added to is there already; 2: the map `around`.
    shortcut: u32,
}

var<immediate> call: Call;
@group(0) @binding(0) var<storage, read> first: array<vec4f>;
@group(0) @binding(1) var<storage, read> second: array<vec4f>;
@group(0) @binding(2) var<storage, read> factors: array<mat4x4f>;
// Scales of all groups, then shifts.
@group(0) @binding(3) var<storage, read> activation: array<vec4f>;
@group(0) @binding(4) var<storage, read> around: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4f>;

fn inputs() -> u32 {
    return call.first_groups + call.second_groups;
}

fn depth() -> u32 {
    return 9u * inputs();
}

fn fetch(place: vec2i, group: u32) -> vec4f {
    let tap = group / inputs();
    let input = group % inputs();
    let column = place.x + i32(tap / 3u) - 1;
    let bin = place.y + i32(tap % 3u) - 1;
    if column < 0 || column >= call.end || bin < 0 || bin >= i32(call.bins) {
        return vec4f();
    }
    var value: vec4f;
    if input < call.first_groups {
        let pixel = u32(column) % call.first_places * call.bins + u32(bin);
        value = first[pixel * call.first_groups + input];
    } else {
        let pixel = u32(column) % call.second_places * call.bins + u32(bin);
        value = second[pixel * call.second_groups + input - call.first_groups];
    }
    value = value * activation[input] + activation[inputs() + input];
    return max(value, 0.01 * value);
}

fn weights(group: u32, output: u32, phase: u32) -> mat4x4f {
    return factors[group * call.groups + output];
}

fn keep(place: vec2i, output: u32, phase: u32, sum: vec4f) {
    let at = (u32(place.x) % call.out_places * call.bins + u32(place.y)) * call.groups + output;
    var value = sum;
    if call.shortcut == 1u {
        value += out[at];
    } else if call.shortcut == 2u {
        let pixel = u32(place.x) % call.around_places * call.bins + u32(place.y);
        value += around[pixel * call.groups + output];
    }
    out[at] = value;
}
