// newliveweb looks for the engine's memory among its module's own values, and its build of projectM has it
// nowhere there: no audio would arrive. Hangs it there. One engine after the other, so that none gets another's.
() => {
  let found = null;
  const isMemory = (value) => value instanceof WebAssembly.Memory;
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const native = WebAssembly[name];
    WebAssembly[name] = async (source, imports) => {
      const result = await native.call(WebAssembly, source, imports);
      const given = Object.values(imports ?? {}).flatMap((group) => Object.values(group));
      found = [...Object.values((result.instance ?? result).exports ?? {}), ...given].find(isMemory) ?? found;
      return result;
    };
  }

  let before = Promise.resolve();
  const handing = (start) => (...given) => {
    const started = before.then(async () => {
      found = null;
      const engine = await start(...given);
      if (found) Object.defineProperty(engine, '__harvestMemory', { value: found });
      return engine;
    });
    before = started.catch(() => null);
    return started;
  };
  let start;
  Object.defineProperty(window, 'createProjectMModule', {
    configurable: true,
    get: () => start,
    set: (native) => {
      start = handing(native);
    },
  });
}
