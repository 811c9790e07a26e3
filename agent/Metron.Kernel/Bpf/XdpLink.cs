using System.Runtime.InteropServices;
using Metron.Kernel.Interfaces;
using Metron.Kernel.Native;

namespace Metron.Kernel.Bpf;

/// <summary>How XDP runs on an interface.</summary>
public enum XdpMode
{
    /// <summary>By the driver, before a packet gets its skb.</summary>
    Native,

    /// <summary>By the kernel for any driver, later and slower.</summary>
    Generic,
}

/// <summary>
/// An XDP program attached to an interface. The attachment belongs to this process: the kernel removes it when the object is disposed or the
/// process ends, however it ends. Needs Linux 5.9 (bpf_link for XDP).
/// </summary>
public sealed class XdpLink : IDisposable
{
    private const uint AttachTypeXdp = 37;
    private const uint FlagGeneric = 1 << 1;
    private const uint FlagNative = 1 << 2;
    private readonly Descriptor _descriptor;

    private XdpLink(Descriptor descriptor, XdpMode mode) => (_descriptor, Mode) = (descriptor, mode);

    /// <summary>How it runs.</summary>
    public XdpMode Mode { get; }

    /// <summary>Attaches a program, by the driver if it can, else generically.</summary>
    /// <param name="program">A program of kind <see cref="BpfProgramKind.Xdp"/>.</param>
    /// <param name="link">The interface.</param>
    /// <param name="mode">The way to attach it; null for the best.</param>
    /// <exception cref="KernelException">The kernel refuses it: another program is attached, the driver cannot, no permission.</exception>
    public static XdpLink Attach(BpfProgram program, NetworkLink link, XdpMode? mode = null)
    {
        XdpMode[] modes = mode is { } wanted ? [wanted] : [XdpMode.Native, XdpMode.Generic];
        var errno = 0;
        foreach (var one in modes)
        {
            var attributes = default(BpfAttributes);
            attributes.Put(0, (uint)program.Descriptor);
            attributes.Put(4, (uint)link.Index);
            attributes.Put(8, AttachTypeXdp);
            attributes.Put(12, one == XdpMode.Native ? FlagNative : FlagGeneric);
            var descriptor = attributes.Call(BpfSystemCall.LinkCreate);
            if (descriptor >= 0)
            {
                return new XdpLink(new Descriptor(descriptor), one);
            }

            errno = Marshal.GetLastPInvokeError();
            if (errno is Libc.Busy or Libc.Exists or Libc.PermissionDenied or Libc.NoDevice)
            {
                break;
            }
        }

        throw new KernelException($"attach an XDP program to {link.Name}", "bpf(BPF_LINK_CREATE)", errno, Advise(link, errno));
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    private static string? Advise(NetworkLink link, int errno) => errno switch
    {
        Libc.Busy or Libc.Exists => $"another XDP program is attached to {link.Name} (see: ip link show {link.Name}); detach it first",
        Libc.Invalid => $"this kernel is older than Linux 5.9, or {link.Name} cannot run XDP with its present MTU or features",
        Libc.NotSupported => $"the driver of {link.Name} has no XDP",
        _ => null,
    };
}
