//! How the plug-in's library is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        // Threads that nobody waits for, such as one that resolves a name, may still run our code when a host unloads us.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
