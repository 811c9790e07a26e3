using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Metron.Generators;
using Metron.Packets;

namespace Metron.Bench.Lookup;

/// <summary>DPDK's classifier (rte_acl.h, DPDK 22.11) for IPv4 rules. Needs an EAL.</summary>
internal sealed unsafe partial class AccessList
{
    private const string Library = "librte_acl.so.23";
    private const int Fields = 5;
    private const int KeyBytes = 16;

    private readonly nint _context;

    public AccessList(IReadOnlyList<GeneratedRule> rules)
    {
        // Each context needs a name of its own.
        var name = Marshal.StringToCoTaskMemUTF8($"rules-{Guid.NewGuid():N}"[..20]);
        var parameters = new Parameters { Name = name, Socket = -1, RuleSize = (uint)sizeof(Rule), MaximumRules = (uint)rules.Count };
        _context = Create(&parameters);
        Check(_context == 0 ? -12 : 0, "create");
        var entries = rules.Select((rule, index) => ToRule(rule, index, rules.Count)).ToArray();
        fixed (Rule* first = entries)
        {
            Check(AddRules(_context, first, (uint)entries.Length), "add rules to");
        }

        var configuration = new Configuration { Categories = 1, Fields = Fields };
        Define(configuration.Definitions, 0, type: 2, size: 1, input: 0, offset: 0);  // RTE_ACL_FIELD_TYPE_BITMASK
        Define(configuration.Definitions, 1, type: 0, size: 4, input: 1, offset: 4);  // RTE_ACL_FIELD_TYPE_MASK
        Define(configuration.Definitions, 2, type: 0, size: 4, input: 2, offset: 8);
        Define(configuration.Definitions, 3, type: 1, size: 2, input: 3, offset: 12); // RTE_ACL_FIELD_TYPE_RANGE
        Define(configuration.Definitions, 4, type: 1, size: 2, input: 3, offset: 14);
        Check(Build(_context, &configuration), "build");
    }

    ~AccessList() => Free(_context);

    /// <summary>Prepares packets to be asked about.</summary>
    /// <param name="packets">The packets.</param>
    /// <param name="burst">How many are asked about at once: 32 share their waiting for memory; a firewall is asked about one.</param>
    public IAnswers Ask(PacketHeaders[] packets, int burst) => new Answers(this, packets, burst);

    private static void Check(int result, string what)
    {
        if (result != 0)
        {
            throw new BenchmarkException($"rte_acl cannot {what} the list: error {-result}");
        }
    }

    private static void Define(byte* definitions, int field, byte type, byte size, byte input, uint offset)
    {
        var definition = definitions + (field * 8);
        (definition[0], definition[1], definition[2], definition[3]) = (type, size, (byte)field, input);
        *(uint*)(definition + 4) = offset;
    }

    private static Rule ToRule(GeneratedRule rule, int index, int count)
    {
        var entry = new Rule { Categories = 1, Priority = count - index, UserData = (uint)index + 1 };
        var fields = entry.Values;
        (fields[0], fields[1]) = rule.Protocol is { } protocol ? (protocol, 0xffUL) : (0UL, 0UL);
        (fields[2], fields[3]) = rule.Source is { } source ? ((ulong)source.First, (ulong)source.Length) : (0, 0);
        (fields[4], fields[5]) = rule.Destination is { } destination ? ((ulong)destination.First, (ulong)destination.Length) : (0, 0);
        (fields[6], fields[7]) = rule.SourcePorts is { } sources ? (sources.First, (ulong)sources.Last) : (0, ushort.MaxValue);
        (fields[8], fields[9]) = rule.DestinationPorts is { } destinations ? (destinations.First, (ulong)destinations.Last) : (0, ushort.MaxValue);
        return entry;
    }

    [LibraryImport(Library, EntryPoint = "rte_acl_create")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Create(Parameters* parameters);

    [LibraryImport(Library, EntryPoint = "rte_acl_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void Free(nint context);

    [LibraryImport(Library, EntryPoint = "rte_acl_add_rules")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AddRules(nint context, Rule* rules, uint count);

    [LibraryImport(Library, EntryPoint = "rte_acl_build")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Build(nint context, Configuration* configuration);

    [LibraryImport(Library, EntryPoint = "rte_acl_classify")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    private static partial int Classify(nint context, byte** data, uint* results, uint count, uint categories);

    /// <summary>struct rte_acl_param.</summary>
    private struct Parameters
    {
        public nint Name;
        public int Socket;
        public uint RuleSize;
        public uint MaximumRules;
    }

    /// <summary>struct rte_acl_rule with five fields: values of 8 bytes, each followed by its mask, prefix length or end of range.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Rule
    {
        public uint Categories;
        public int Priority;
        public uint UserData;
        public uint Padding;
        public fixed ulong Values[Fields * 2];
    }

    /// <summary>struct rte_acl_config, with RTE_ACL_MAX_FIELDS definitions of 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Configuration
    {
        public uint Categories;
        public uint Fields;
        public fixed byte Definitions[64 * 8];
        public ulong MaximumSize;
    }

    private sealed class Answers : IAnswers
    {
        private readonly int _burst;
        private readonly AccessList _list;
        private readonly byte* _keys;

        public Answers(AccessList list, PacketHeaders[] packets, int burst)
        {
            (_list, _burst, Questions) = (list, burst, packets.Length);
            _keys = (byte*)NativeMemory.AllocZeroed((nuint)(packets.Length * KeyBytes));
            for (var i = 0; i < packets.Length; i++)
            {
                var key = new Span<byte>(_keys + (i * KeyBytes), KeyBytes);
                key[0] = packets[i].Protocol;
                BinaryPrimitives.WriteUInt32BigEndian(key[4..], (uint)packets[i].Source.Value);
                BinaryPrimitives.WriteUInt32BigEndian(key[8..], (uint)packets[i].Destination.Value);
                BinaryPrimitives.WriteUInt16BigEndian(key[12..], packets[i].SourcePort);
                BinaryPrimitives.WriteUInt16BigEndian(key[14..], packets[i].DestinationPort);
            }
        }

        ~Answers() => NativeMemory.Free(_keys);

        public int Questions { get; }

        public void Answer(int first, Span<int> answers)
        {
            var keys = stackalloc byte*[_burst];
            var results = stackalloc uint[_burst];
            for (var at = 0; at < answers.Length; at += _burst)
            {
                for (var i = 0; i < _burst; i++)
                {
                    keys[i] = _keys + ((first + at + i) * KeyBytes);
                }

                _ = Classify(_list._context, keys, results, (uint)_burst, 1);
                for (var i = 0; i < _burst; i++)
                {
                    answers[at + i] = (int)results[i] - 1;
                }
            }
        }

        public void AnswerBurst(int first, Span<int> answers) => Answer(first, answers);
    }
}
