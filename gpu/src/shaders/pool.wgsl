// Averages over neighbouring columns and bins.

struct Call {
    // Columns computed: the first, and how many.
    start: i32,
    count: u32,
    // Bins of a computed column.
    bins: u32,
    // Groups of four channels.
    groups: u32,
    // Columns that a ring holds.
    in_places: u32,
    out_places: u32,
    // Columns and bins that become one.
    time: u32,
    frequency: u32,
}

var<immediate> call: Call;
@group(0) @binding(0) var<storage, read> input: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) tiles: vec3u) {
    let index = id.x + id.y * tiles.x * 64u;
    if index >= call.count * call.bins * call.groups {
        return;
    }
    let group = index % call.groups;
    let bin = index / call.groups % call.bins;
    let column = u32(call.start) + index / call.groups / call.bins;
    var sum = vec4f();
    for (var t = 0u; t < call.time; t++) {
        let read = (column * call.time + t) % call.in_places * call.bins * call.frequency;
        for (var f = 0u; f < call.frequency; f++) {
            sum += input[(read + bin * call.frequency + f) * call.groups + group];
        }
    }
    let pixel = column % call.out_places * call.bins + bin;
    out[pixel * call.groups + group] = sum / f32(call.time * call.frequency);
}
