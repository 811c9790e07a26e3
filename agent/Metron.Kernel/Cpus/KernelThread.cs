using System.Globalization;
using Metron.Kernel.Native;

namespace Metron.Kernel.Cpus;

/// <summary>A thread of the kernel.</summary>
/// <param name="Id">Its process id.</param>
public sealed record KernelThread(int Id)
{
    private const int ShortNameLength = 15;

    /// <summary>Finds a thread by its name.</summary>
    /// <returns>Null when it is not there, or not visible from this process's namespace.</returns>
    public static KernelThread? Find(string name)
    {
        // Kernels before 5.17 cut names.
        var shortName = name.Length > ShortNameLength ? name[..ShortNameLength] : name;
        int? candidate = null;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                continue;
            }

            var its = TryRead($"{directory}/comm")?.Trim();
            if (its == name)
            {
                return new KernelThread(id);
            }

            candidate = its == shortName ? id : candidate;
        }

        return candidate is { } found ? new KernelThread(found) : null;
    }

    /// <summary>How long it ran so far (/proc/PID/schedstat); null when it has ended or the kernel does not say.</summary>
    public TimeSpan? ReadRunTime() =>
        TryRead($"/proc/{Id}/schedstat")?.Split(' ') is [var nanoseconds, ..] && long.TryParse(nanoseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? TimeSpan.FromTicks(value / TimeSpan.NanosecondsPerTick)
            : null;

    /// <summary>Lets it run before ordinary processes (nice -20), as softirq does.</summary>
    /// <returns>False when that is not allowed.</returns>
    public bool TryPrefer() => Libc.SetPriority(0, (uint)Id, -20) == 0;

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
