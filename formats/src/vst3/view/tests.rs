//! A view that forgets a reference to its handler, as nice-plug's does, and a host that would notice.

use nice_plug::wrapper::vst3::vst3::Steinberg::Linux::{
    FileDescriptor, IEventHandler, IEventHandlerTrait, IRunLoop, IRunLoopTrait, ITimerHandler, TimerInterval,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{IPlugFrameTrait, kInvalidArgument, kResultOk};

use std::sync::atomic::AtomicBool;

use super::*;
use crate::host::Host as PluginHost;

/// What has happened so far, in order.
type Log = Arc<Mutex<Vec<String>>>;

fn note(log: &Log, what: impl Into<String>) {
    log.lock().push(what.into());
}

/// The host's frame, with a run loop that holds no references.
struct Host {
    log: Log,
    handlers: Mutex<Vec<usize>>,
    resized: AtomicPtr<IPlugView>,
    refuses: AtomicBool,
}

impl Class for Host {
    type Interfaces = (IPlugFrame, IRunLoop);
}

impl IPlugFrameTrait for Host {
    unsafe fn resizeView(&self, view: *mut IPlugView, _size: *mut ViewRect) -> tresult {
        self.resized.store(view, Ordering::Relaxed);
        kResultOk
    }
}

impl IRunLoopTrait for Host {
    unsafe fn registerEventHandler(&self, handler: *mut IEventHandler, _: FileDescriptor) -> tresult {
        if self.refuses.load(Ordering::Relaxed) {
            return kResultFalse;
        }
        self.handlers.lock().push(handler as usize);
        kResultOk
    }

    unsafe fn unregisterEventHandler(&self, handler: *mut IEventHandler) -> tresult {
        let mut handlers = self.handlers.lock();
        let Some(at) = handlers.iter().position(|known| *known == handler as usize) else {
            note(&self.log, "not registered");
            return kInvalidArgument;
        };
        handlers.remove(at);
        note(&self.log, "unregistered");
        kResultOk
    }

    unsafe fn registerTimer(&self, _: *mut ITimerHandler, _: TimerInterval) -> tresult {
        kResultOk
    }

    unsafe fn unregisterTimer(&self, _: *mut ITimerHandler) -> tresult {
        kResultOk
    }
}

/// A host's frame without one.
struct PlainHost;

impl Class for PlainHost {
    type Interfaces = (IPlugFrame,);
}

impl IPlugFrameTrait for PlainHost {
    unsafe fn resizeView(&self, _: *mut IPlugView, _: *mut ViewRect) -> tresult {
        kResultOk
    }
}

/// What is registered.
struct Handler {
    log: Log,
    run_loop: ComPtr<IRunLoop>,
    own: AtomicPtr<IEventHandler>,
}

impl Class for Handler {
    type Interfaces = (IEventHandler,);
}

impl IEventHandlerTrait for Handler {
    unsafe fn onFDIsSet(&self, _: FileDescriptor) {}
}

impl Drop for Handler {
    fn drop(&mut self) {
        note(&self.log, "dropped");
        let own = self.own.load(Ordering::Relaxed);
        // SAFETY: as nice-plug does it.
        let result = unsafe { self.run_loop.unregisterEventHandler(own) };
        assert_eq!(result, kInvalidArgument, "it had been unregistered already");
    }
}

/// nice-plug's view.
struct Theirs {
    log: Log,
    forgets: bool,
    /// The instance is there: without it, nice-plug's view does nothing.
    alive: Arc<Mutex<bool>>,
    frame: Mutex<Option<ComPtr<IPlugFrame>>>,
    handler: Mutex<Option<ComWrapper<Handler>>>,
}

impl Class for Theirs {
    type Interfaces = (IPlugView,);
}

impl IPlugViewTrait for Theirs {
    unsafe fn isPlatformTypeSupported(&self, _: FIDString) -> tresult {
        kResultOk
    }
    unsafe fn attached(&self, _: *mut c_void, _: FIDString) -> tresult {
        kResultOk
    }
    unsafe fn removed(&self) -> tresult {
        kResultOk
    }
    unsafe fn onWheel(&self, _: f32) -> tresult {
        kResultOk
    }
    unsafe fn onKeyDown(&self, _: char16, _: int16, _: int16) -> tresult {
        kResultOk
    }
    unsafe fn onKeyUp(&self, _: char16, _: int16, _: int16) -> tresult {
        kResultOk
    }
    unsafe fn getSize(&self, _: *mut ViewRect) -> tresult {
        kResultOk
    }
    /// Asks for another size at once.
    unsafe fn onSize(&self, size: *mut ViewRect) -> tresult {
        let frame = self.frame.lock().clone();
        // SAFETY: a view of nobody's: what is passed on is ours.
        frame.map_or(kResultFalse, |frame| unsafe {
            frame.resizeView(std::ptr::null_mut(), size)
        })
    }
    unsafe fn onFocus(&self, _: TBool) -> tresult {
        kResultOk
    }
    unsafe fn setFrame(&self, frame: *mut IPlugFrame) -> tresult {
        if !*self.alive.lock() {
            return kResultFalse;
        }
        // SAFETY: the frame of the call.
        let frame = unsafe { ComRef::from_raw(frame) }.map(|frame| frame.to_com_ptr());
        let run_loop = frame.as_ref().and_then(|frame| frame.cast::<IRunLoop>());
        *self.handler.lock() = run_loop.map(|run_loop| {
            let handler = ComWrapper::new(Handler {
                log: self.log.clone(),
                run_loop,
                own: AtomicPtr::default(),
            });
            let own = handler.to_com_ptr::<IEventHandler>().expect("its interface");
            handler.own.store(own.as_ptr(), Ordering::Relaxed);
            // SAFETY: a handler that is alive.
            let result = unsafe { handler.run_loop.registerEventHandler(own.as_ptr(), 7) };
            assert_eq!(result, kResultOk);
            if self.forgets {
                own.into_raw();
            }
            handler
        });
        *self.frame.lock() = frame;
        kResultOk
    }
    unsafe fn canResize(&self) -> tresult {
        kResultOk
    }
    unsafe fn checkSizeConstraint(&self, _: *mut ViewRect) -> tresult {
        kResultOk
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        note(&self.log, "view dropped");
    }
}

/// A view within a host.
struct Scene {
    log: Log,
    host: ComWrapper<Host>,
    alive: Arc<Mutex<bool>>,
    view: Option<ComPtr<IPlugView>>,
}

impl Scene {
    fn new(forgets: bool) -> Scene {
        let log = Log::default();
        let alive = Arc::new(Mutex::new(true));
        let theirs = ComWrapper::new(Theirs {
            log: log.clone(),
            forgets,
            alive: alive.clone(),
            frame: Mutex::default(),
            handler: Mutex::default(),
        });
        let theirs = theirs.to_com_ptr::<IPlugView>().expect("its interface");
        // SAFETY: the reference goes over to the view, and the view's to the scene.
        let view = unsafe {
            ComPtr::from_raw(View::around(
                theirs.into_raw(),
                DirtyNotifier::new(PluginHost::default()),
            ))
        };
        Scene {
            host: host(&log),
            log,
            alive,
            view,
        }
    }

    fn view(&self) -> &ComPtr<IPlugView> {
        self.view.as_ref().expect("it has not been closed")
    }

    fn set_frame(&self, host: Option<&ComWrapper<Host>>) {
        let frame = host.and_then(ComWrapper::as_com_ref::<IPlugFrame>);
        let frame = frame.map_or(std::ptr::null_mut(), |frame| frame.as_ptr());
        // SAFETY: a frame that is alive, or none.
        unsafe { self.view().setFrame(frame) };
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().clone()
    }
}

fn host(log: &Log) -> ComWrapper<Host> {
    ComWrapper::new(Host {
        log: log.clone(),
        handlers: Mutex::default(),
        resized: AtomicPtr::default(),
        refuses: AtomicBool::default(),
    })
}

#[test]
fn a_forgotten_handler_ends_with_its_frame() {
    let mut scene = Scene::new(true);
    for opening in 1..=3 {
        scene.set_frame(Some(&scene.host));
        assert_eq!(scene.host.handlers.lock().len(), 1);
        scene.set_frame(None);
        assert_eq!(scene.log(), ["unregistered", "dropped"].repeat(opening));
    }
    scene.view = None;
    assert_eq!(scene.log()[6..], ["view dropped"]);
    assert_eq!(references_to(&scene.host), 1, "the host's frame is let go");
}

#[test]
fn a_handler_that_is_not_forgotten_ends_once() {
    let scene = Scene::new(false);
    scene.set_frame(Some(&scene.host));
    scene.set_frame(None);
    assert_eq!(scene.log(), ["unregistered", "dropped"]);
}

#[test]
fn a_host_that_refuses_handlers_is_served() {
    let scene = Scene::new(true);
    scene.host.refuses.store(true, Ordering::Relaxed);
    scene.set_frame(Some(&scene.host));
    scene.set_frame(None);
    assert_eq!(
        scene.log(),
        ["not registered", "dropped"],
        "it is freed all the same"
    );
}

#[test]
fn another_frame_takes_the_place_of_the_first() {
    let scene = Scene::new(true);
    let second = host(&scene.log);
    scene.set_frame(Some(&scene.host));
    scene.set_frame(Some(&second));
    assert_eq!(scene.log(), ["unregistered", "dropped"]);
    assert_eq!(
        (scene.host.handlers.lock().len(), second.handlers.lock().len()),
        (0, 1)
    );
    scene.set_frame(None);
    assert_eq!(scene.log(), ["unregistered", "dropped"].repeat(2));
}

#[test]
fn a_view_that_ends_takes_its_handler_along() {
    let mut scene = Scene::new(true);
    scene.set_frame(Some(&scene.host));
    scene.view = None;
    assert_eq!(scene.log(), ["unregistered", "dropped", "view dropped"]);
    assert_eq!(references_to(&scene.host), 1);
}

#[test]
fn a_view_outlives_its_instance() {
    let mut scene = Scene::new(true);
    scene.set_frame(Some(&scene.host));
    *scene.alive.lock() = false;
    scene.set_frame(None);
    assert_eq!(scene.log(), ["unregistered"], "their view still holds it");
    scene.view = None;
    assert_eq!(scene.log(), ["unregistered", "view dropped", "dropped"]);
    assert_eq!(references_to(&scene.host), 1);
}

#[test]
fn a_resize_is_asked_for_in_the_name_of_the_view_that_the_host_knows() {
    let scene = Scene::new(true);
    scene.set_frame(Some(&scene.host));
    // SAFETY: no size is looked at.
    assert_eq!(unsafe { scene.view().onSize(std::ptr::null_mut()) }, kResultOk);
    assert_eq!(scene.host.resized.load(Ordering::Relaxed), scene.view().as_ptr());
    scene.set_frame(None);
    // SAFETY: the same.
    assert_eq!(unsafe { scene.view().onSize(std::ptr::null_mut()) }, kResultFalse);
}

#[test]
fn a_frame_without_a_run_loop_stays_one() {
    let scene = Scene::new(true);
    let host = ComWrapper::new(PlainHost);
    let frame = host.as_com_ref::<IPlugFrame>().expect("its interface");
    // SAFETY: a frame that is alive.
    unsafe { scene.view().setFrame(frame.as_ptr()) };
    // SAFETY: no size is looked at.
    assert_eq!(unsafe { scene.view().onSize(std::ptr::null_mut()) }, kResultOk);
    assert!(scene.log().is_empty());
}

/// References to the host's frame, the test's own among them.
fn references_to(host: &ComWrapper<Host>) -> usize {
    use nice_plug::wrapper::vst3::vst3::com_scrape_types::Unknown;

    let frame = host.as_com_ref::<IPlugFrame>().expect("its interface").as_ptr();
    // SAFETY: the reference taken is given back.
    unsafe {
        IPlugFrame::add_ref(frame);
        IPlugFrame::release(frame)
    }
}
