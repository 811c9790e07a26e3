namespace Metron.Dpdk.Native;

/// <summary>
/// Says which C expression over the DPDK headers a constant repeats. A test compiles every expression against the installed headers and
/// compares, so that no offset is ever trusted unseen.
/// </summary>
/// <param name="expression">A C expression of an integer type.</param>
[AttributeUsage(AttributeTargets.Field)]
internal sealed class NativeValueAttribute(string expression) : Attribute
{
    /// <summary>The C expression.</summary>
    public string Expression { get; } = expression;
}
