// A matrix product over the pixels of a map and its output channels, by tiles.
//
// What is concatenated with this file says what is multiplied and where the sums go:
//   call                              has start and count of the columns, bins of each, groups of four output channels
//   depth() -> u32                    groups of four channels that are summed over
//   fetch(place, group) -> vec4f      four values of the left matrix; zeros where there is no pixel
//   weights(group, output) -> mat4x4f four rows of the right matrix, for four output channels
//   keep(place, output, sum)          takes four sums of a pixel

// Pixels and groups of output channels of a workgroup: eight threads side by side have a group each, and eight below each
// other share the pixels. Small maps take tiles of fewer pixels.
const PIXELS = 64u;
const OUTPUTS = 8u;
const PIXELS_A_THREAD = PIXELS / 8u;
// Pixels of the left matrix that a thread loads, one group of four channels of each.
const LOADS = PIXELS / 16u;
// Groups of channels that are in shared memory at once.
const DEPTH = 4u;

var<workgroup> left: array<vec4f, PIXELS * DEPTH>;
var<workgroup> right: array<mat4x4f, OUTPUTS * DEPTH>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) tile: vec3u,
    @builtin(num_workgroups) tiles: vec3u,
    @builtin(local_invocation_index) thread: u32,
) {
    // A dimension of a dispatch is short: large maps take two.
    let first_pixel = (tile.x + tile.y * tiles.x) * PIXELS;
    let first_output = tile.z % output_tiles() * OUTPUTS;
    let column = thread % OUTPUTS;
    let row = thread / OUTPUTS;

    let load_group = thread % DEPTH;
    let load_row = thread / DEPTH;
    var places: array<vec2i, LOADS>;
    for (var i = 0u; i < LOADS; i++) {
        places[i] = place(first_pixel + load_row + 16u * i);
    }

    var sums: array<vec4f, PIXELS_A_THREAD>;
    for (var begin = 0u; begin < depth(); begin += DEPTH) {
        let group = begin + load_group;
        for (var i = 0u; i < LOADS; i++) {
            var value = vec4f();
            if group < depth() {
                value = fetch(places[i], group);
            }
            left[load_group * PIXELS + load_row + 16u * i] = value;
        }
        if thread < OUTPUTS * DEPTH {
            let group = begin + thread / OUTPUTS;
            let output = first_output + thread % OUTPUTS;
            var value = mat4x4f();
            if group < depth() && output < call.groups {
                value = weights(group, output, tile.z / output_tiles());
            }
            right[thread] = value;
        }
        workgroupBarrier();
        for (var k = 0u; k < DEPTH; k++) {
            let factors = right[k * OUTPUTS + column];
            for (var i = 0u; i < PIXELS_A_THREAD; i++) {
                sums[i] += factors * left[k * PIXELS + row + 8u * i];
            }
        }
        workgroupBarrier();
    }

    let output = first_output + column;
    if output >= call.groups {
        return;
    }
    for (var i = 0u; i < PIXELS_A_THREAD; i++) {
        let pixel = first_pixel + row + 8u * i;
        if pixel < pixels() {
            keep(place(pixel), output, tile.z / output_tiles(), sums[i]);
        }
    }
}

fn output_tiles() -> u32 {
    return (call.groups + OUTPUTS - 1u) / OUTPUTS;
}

fn pixels() -> u32 {
    return call.count * call.bins;
}

// A pixel's column and bin.
fn place(pixel: u32) -> vec2i {
    return vec2i(call.start + i32(pixel / call.bins), i32(pixel % call.bins));
}
