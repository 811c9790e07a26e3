namespace Metron.Orchestration;

/// <summary>Something wrong in a spec.</summary>
/// <param name="Path">Where, in JSON names: <c>spec.functions[1].router.routes[3].port</c>.</param>
/// <param name="Message">A sentence that says what is wrong and how to mend it.</param>
public sealed record Violation(string Path, string Message);
