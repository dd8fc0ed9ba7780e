//! A shader that is compiled once for a card.

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor,
    BindGroupLayoutEntry, BindingType, Buffer, BufferBindingType, ComputePipeline, ComputePipelineDescriptor,
    Device, PipelineLayoutDescriptor, ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

/// Bytes of the numbers that a call hands over, at most.
pub(crate) const CALL_BYTES: u32 = 64;

/// A compiled shader, in one variant or several: it reads some buffers, writes the last one, and is told the rest with each call.
pub(crate) struct Kernel {
    /// One for each variant.
    pub(crate) pipelines: Vec<ComputePipeline>,
    layout: BindGroupLayout,
}

impl Kernel {
    /// Compiles variants of a shader, whose binding `read` is the buffer that it writes and those before the ones that it reads, and
    /// which is told so many numbers with a call.
    pub(crate) fn new(device: &Device, name: &str, sources: &[&str], read: u32, numbers: usize) -> Kernel {
        let entries: Vec<BindGroupLayoutEntry> = (0..=read)
            .map(|binding| BindGroupLayoutEntry {
                binding,
                visibility: ShaderStages::COMPUTE,
                ty: BindingType::Buffer {
                    ty: BufferBindingType::Storage {
                        read_only: binding < read,
                    },
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            })
            .collect();
        let layout = device.create_bind_group_layout(&BindGroupLayoutDescriptor {
            label: Some(name),
            entries: &entries,
        });
        let pipeline_layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
            label: Some(name),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: (numbers * size_of::<u32>()) as u32,
        });
        let compile = |&source: &&str| {
            let module = device.create_shader_module(ShaderModuleDescriptor {
                label: Some(name),
                source: ShaderSource::Wgsl(source.into()),
            });
            device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(name),
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions {
                    // Every kernel writes all of it before it is read.
                    zero_initialize_workgroup_memory: false,
                    ..Default::default()
                },
                cache: None,
            })
        };
        Kernel {
            pipelines: sources.iter().map(compile).collect(),
            layout,
        }
    }

    /// Its buffers, in the order of their bindings.
    pub(crate) fn bind(&self, device: &Device, buffers: &[&Buffer]) -> BindGroup {
        let entries: Vec<BindGroupEntry> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        device.create_bind_group(&BindGroupDescriptor {
            label: None,
            layout: &self.layout,
            entries: &entries,
        })
    }
}
