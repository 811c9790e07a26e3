using System.Text.Json;
using Metron.Kernel;
using Metron.Kernel.Interfaces;

namespace Metron.Agent.KernelBalancing;

/// <summary>
/// What a balancer leaves for others while it works on an interface: a lock, so that there is one, and the NIC's indirection table as it was, so that the
/// next one can write it back if this one is killed. Both lie in files, named after interface and network namespace.
/// </summary>
internal sealed class BalanceState : IDisposable
{
    private readonly FileStream _lock;
    private readonly string _file;

    private BalanceState(FileStream held, string file) => (_lock, _file) = (held, file);

    /// <summary>Takes the lock. It is given back when the process ends, however it ends.</summary>
    /// <exception cref="BalanceException">Another process has it, or the directory cannot be used.</exception>
    public static BalanceState Lock(NetworkLink link, string directory)
    {
        var path = Path.Combine(directory, $"balance-{link.Name}-{NetworkNamespace()}");
        try
        {
            Directory.CreateDirectory(directory);
            return new BalanceState(new FileStream($"{path}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), $"{path}.json");
        }
        catch (IOException) when (File.Exists($"{path}.lock"))
        {
            throw new BalanceException($"another metron-agent balance works on {link.Name}; stop it first (see: fuser {path}.lock)");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new BalanceException($"cannot lock {path}.lock: {refused.Message}; run as root or name another directory by --state");
        }
    }

    /// <summary>Saves the table as it was, unless one is saved already.</summary>
    public void Save(IReadOnlyList<ushort> queues)
    {
        if (File.Exists(_file))
        {
            return;
        }

        // Written whole or not at all.
        var draft = $"{_file}.new";
        File.WriteAllText(draft, JsonSerializer.Serialize(new SavedTable([.. queues])));
        File.Move(draft, _file, overwrite: true);
    }

    /// <summary>Writes the saved table back, if there is one, and forgets it.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BalanceException">The file is damaged, or the driver refuses the table; the file stays.</exception>
    public bool Restore(NetworkLink link)
    {
        if (!File.Exists(_file))
        {
            return false;
        }

        SavedTable? saved;
        try
        {
            saved = JsonSerializer.Deserialize<SavedTable>(File.ReadAllText(_file));
        }
        catch (JsonException broken)
        {
            throw new BalanceException($"{_file} is damaged ({broken.Message}): write the table by ethtool -X {link.Name} default, and delete the file");
        }

        try
        {
            HardwareIndirection.Write(link, saved!.Queues);
        }
        catch (KernelException refused)
        {
            throw new BalanceException($"{refused.Message}; if the interface has other queues than it had: ethtool -X {link.Name} default, and delete {_file}");
        }

        File.Delete(_file);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Deleted while it is held: who waits for it opens a new one.
        File.Delete(_lock.Name);
        _lock.Dispose();
    }

    // The inode of the namespace: "net:[4026531840]".
    private static string NetworkNamespace() => new([.. (new FileInfo("/proc/self/ns/net").LinkTarget ?? "0").Where(char.IsAsciiDigit)]);

    private sealed record SavedTable(ushort[] Queues);
}
