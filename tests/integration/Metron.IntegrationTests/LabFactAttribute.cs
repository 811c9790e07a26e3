namespace Metron.IntegrationTests;

/// <summary>A test that needs a lab, and so root.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LabFactAttribute : FactAttribute
{
    public LabFactAttribute() => Skip = LabRequirement.Missing;
}

/// <summary>A test with data that needs a lab, and so root.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LabTheoryAttribute : TheoryAttribute
{
    public LabTheoryAttribute() => Skip = LabRequirement.Missing;
}

/// <summary>What a lab needs of the machine.</summary>
internal static class LabRequirement
{
    /// <summary>Why no lab can run here; null when one can.</summary>
    public static string? Missing { get; } = Environment.IsPrivilegedProcess ? null : "needs root, to create network namespaces: run tests/run as root";
}
