using System.Runtime.InteropServices;

namespace Metron.Kernel.Tests;

/// <summary>A test that loads programs into the kernel, and so needs root.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelFactAttribute : FactAttribute
{
    public KernelFactAttribute() => Skip = Environment.IsPrivilegedProcess && RuntimeInformation.IsOSPlatform(OSPlatform.Linux)
        ? null
        : "needs root, to load eBPF programs: run tests/run as root";
}
