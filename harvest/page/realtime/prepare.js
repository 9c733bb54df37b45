// Before newliveweb's own scripts: what it reads from storage, and what may be left out of it.
(wishes) => {
  if (location.origin === 'null') return; // a blank page has no storage
  // Anything else, and the page's first gesture hands the input to the microphone.
  localStorage.setItem('nw.audio.preferredSource', 'track');
  window.__nw_verify = { ...window.__nw_verify, forcePresetGateOpen: true, disableAutoAudio: true };

  const contexts = (window.__harvestAudioContexts = []);
  const NativeContext = window.AudioContext;
  if (NativeContext) {
    window.AudioContext = class AudioContext extends NativeContext {
      constructor(...given) {
        super(...given);
        contexts.push(this);
      }
    };
  }

  if (wishes.stubBeatTempo) {
    const NativeWorker = window.Worker;
    const nothing = URL.createObjectURL(new Blob([''], { type: 'text/javascript' }));
    window.Worker = class Worker extends NativeWorker {
      constructor(address, ...given) {
        super(/beatTempo/i.test(String(address)) ? nothing : address, ...given);
      }
    };
  }

  if (wishes.hideToolbar) {
    const hide = () => {
      const style = document.createElement('style');
      style.textContent = '#toolbar { display: none !important; }';
      document.head.append(style);
    };
    if (document.head) hide();
    else document.addEventListener('DOMContentLoaded', hide, { once: true });
  }
}
