// Magnitudes, normalised bin by bin, through a 1 x 1 convolution of one channel. Beyond the newest frame the normalised
// value is 0.

struct Call {
    // Columns computed: the first, and how many.
    start: i32,
    count: u32,
    // Frames that there are magnitudes of.
    frames: u32,
    // Bins of a column, one less than of a frame: the network does not read the last one.
    bins: u32,
    // Groups of four channels.
    groups: u32,
    out_places: u32,
    floor: f32,
}

var<immediate> call: Call;
@group(0) @binding(0) var<storage, read> magnitudes: array<f32>;
// Scale and shift of each bin.
@group(0) @binding(1) var<storage, read> normal: array<vec2f>;
// Weights of all groups, then biases.
@group(0) @binding(2) var<storage, read> stem: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) tiles: vec3u) {
    let index = id.x + id.y * tiles.x * 64u;
    if index >= call.count * call.bins * call.groups {
        return;
    }
    let group = index % call.groups;
    let bin = index / call.groups % call.bins;
    let frame = index / call.groups / call.bins;
    var value = 0.0;
    if frame < call.frames {
        let magnitude = max(magnitudes[frame * (call.bins + 1u) + bin], call.floor);
        value = magnitude * normal[bin].x + normal[bin].y;
    }
    let pixel = (u32(call.start) + frame) % call.out_places * call.bins + bin;
    out[pixel * call.groups + group] = value * stem[group] + stem[call.groups + group];
}
