using System.Runtime.InteropServices;

namespace Metron.Kernel.Native;

/// <summary>A file descriptor, closed once.</summary>
internal sealed class Descriptor : SafeHandle
{
    public Descriptor(int number)
        : base(-1, ownsHandle: true) => SetHandle(number);

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <summary>Its number. Whoever calls keeps the descriptor alive meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    public int Number
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (int)handle;
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
