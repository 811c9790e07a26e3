namespace Metron.IntegrationTests.Guest;

/// <summary>A test in a virtual machine.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GuestFactAttribute : FactAttribute
{
    public GuestFactAttribute() => Skip = Missing;

    /// <summary>Why there is no virtual machine here; null when there is.</summary>
    private static string? Missing { get; } =
        !Environment.IsPrivilegedProcess ? "needs root, to create a network namespace: run tests/run as root"
        : !File.Exists("/usr/bin/qemu-system-x86_64") ? "needs QEMU: apt-get install qemu-system-x86 busybox-static cpio kmod"
        : !File.Exists(Path.Combine(GuestMachine.Kernel, "vmlinuz")) ? $"needs a kernel for the guest: deploy/lab/guest kernel {GuestMachine.Kernel}"
        : null;
}
