//! The cards of a machine.

use wgpu::{Adapter, Backends, DeviceType, Instance, InstanceDescriptor, InstanceFlags};

use crate::error::GpuError;

/// A card that wgpu has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardInfo {
    /// What its driver calls it; a second one of the same name has its number after it. It can be chosen by this.
    pub name: String,
    /// Driver and version, as the driver says them.
    pub driver: String,
    /// `Vulkan`, `Metal` or `Direct3D 12`.
    pub interface: &'static str,
    /// Whether it is a processor in the place of a card. Such a one is only taken when it is chosen.
    pub is_software: bool,
}

pub(crate) struct Found {
    pub(crate) adapter: Adapter,
    pub(crate) info: CardInfo,
}

/// The cards of this machine, the likely quickest first. It asks every driver, which may take a second.
pub fn cards() -> Vec<CardInfo> {
    found().into_iter().map(|found| found.info).collect()
}

/// Of a card by its name, or of the first one that is no software.
///
/// # Errors
/// [`GpuError::Unknown`] and [`GpuError::None`] when there is no such card.
pub(crate) fn find(name: Option<&str>) -> Result<Found, GpuError> {
    let mut all = found();
    let place = all.iter().position(|found| match name {
        Some(name) => found.info.name == name,
        None => !found.info.is_software,
    });
    match (place, name) {
        (Some(place), _) => Ok(all.swap_remove(place)),
        (None, None) => Err(GpuError::None),
        (None, Some(name)) => Err(GpuError::Unknown {
            name: name.into(),
            there: all.into_iter().map(|found| found.info.name).collect(),
        }),
    }
}

fn found() -> Vec<Found> {
    let instance = Instance::new(InstanceDescriptor {
        backends: Backends::VULKAN | Backends::METAL | Backends::DX12,
        flags: InstanceFlags::empty(),
        ..InstanceDescriptor::new_without_display_handle()
    });
    let mut adapters = pollster::block_on(instance.enumerate_adapters(Backends::all()));
    // Discrete before integrated before whatever else; one card through several interfaces is one card.
    adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    let mut all: Vec<Found> = Vec::new();
    for adapter in adapters {
        let info = adapter.get_info();
        let interface = interface(info.backend);
        let name = info.name.trim();
        if all
            .iter()
            .any(|other| other.adapter.get_info().name == info.name && other.info.interface != interface)
        {
            continue;
        }
        let same = all
            .iter()
            .filter(|other| other.adapter.get_info().name == info.name)
            .count();
        all.push(Found {
            info: CardInfo {
                name: match same {
                    0 => name.into(),
                    _ => format!("{name} {}", same + 1),
                },
                driver: format!("{} {}", info.driver, info.driver_info).trim().into(),
                interface,
                is_software: info.device_type == DeviceType::Cpu,
            },
            adapter,
        });
    }
    all
}

fn rank(kind: DeviceType) -> usize {
    match kind {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

fn interface(backend: wgpu::Backend) -> &'static str {
    match backend {
        wgpu::Backend::Metal => "Metal",
        wgpu::Backend::Dx12 => "Direct3D 12",
        _ => "Vulkan",
    }
}
