namespace Metron.Offload;

/// <summary>A rule of a function for packets that enter it by one of its ports, wherever it is carried out. Stays the same over plans and revisions.</summary>
/// <param name="Function">Name of the function.</param>
/// <param name="Port">Index of the port: 0 inside, 1 outside for functions with two sides.</param>
/// <param name="Rule">What the function calls the rule: "rule deny-ssh", "rules[3]", "default".</param>
public readonly record struct FunctionRule(string Function, int Port, string Rule);
