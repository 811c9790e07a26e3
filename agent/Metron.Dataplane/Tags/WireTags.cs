using Metron.NetworkFunctions.Chains;
using Metron.Packets;

namespace Metron.Dataplane.Tags;

/// <summary>
/// Tags that workers do not read themselves (service tags, MPLS labels, code points), and the VLAN ids that stand for them on this server: a
/// <see cref="TagPort{TPort}"/> writes frames over when they come and go. So the workers know VLAN ids and MAC addresses alone, and servers without other
/// tags pay one comparison per burst.
/// </summary>
/// <remarks>Safe to call from any thread. Ports read single words that never lead to a wrong worker: an id is used again last of all.</remarks>
public sealed class WireTags
{
    private const int VlanIds = 4096;
    private const int CodePoints = 64;
    private const int Labels = 1 << 18;
    private const int KindShift = 24;

    private readonly Lock _lock = new();
    private readonly Dictionary<(TagKind Kind, uint Value), Use> _uses = [];
    private readonly Dictionary<(string Chain, long Revision), List<(TagKind Kind, uint Value)>> _programs = [];
    private readonly (TagKind Kind, uint Value)?[] _holders = new (TagKind, uint)?[VlanIds];
    private readonly ushort[] _vlans = [.. Enumerable.Range(0, VlanIds).Select(id => (ushort)id)];
    private readonly ushort[] _services = new ushort[VlanIds];
    private readonly ushort[] _codePoints = new ushort[CodePoints];
    private readonly uint[] _wire = new uint[VlanIds];
    private readonly Queue<ushort> _released = new();
    private volatile ushort[]? _labels;
    private volatile bool _isActive;
    private int _nextId = (int)DispatchTag.MaximumVlanTag;

    /// <summary>Whether there are, or were, such tags.</summary>
    internal bool IsActive => _isActive;

    /// <summary>
    /// A program as workers run it: with VLAN ids that stand for its tags, which stay its until <see cref="Release"/>. Programs whose tags are VLAN ids or MAC
    /// addresses stay as they are. May be called again for a program; what else than tags differs does not matter.
    /// </summary>
    /// <exception cref="ProgramRejectedException">All ids are taken, or one that the program's own tags are.</exception>
    public ResidualProgram Localize(ResidualProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (program.TagKind == TagKind.Mac)
        {
            return program;
        }

        lock (_lock)
        {
            Take(program);
            if (program.TagKind == TagKind.Vlan)
            {
                return program;
            }

            return program with
            {
                TagKind = TagKind.Vlan,
                IngressTags = [.. program.IngressTags.Select(tag => tag with { Value = IdOf(program.TagKind, tag.Value) })],
                EgressTags = [.. program.EgressTags.Select(tag => tag.Value == 0 ? tag : tag with { Value = IdOf(program.TagKind, tag.Value) })],
            };
        }
    }

    /// <summary>The program has gone; no worker has a frame of it any more. One that is not known is passed over.</summary>
    public void Release(string chain, long revision)
    {
        lock (_lock)
        {
            if (_programs.Remove((chain, revision), out var tags))
            {
                tags.ForEach(LetGo);
            }
        }
    }

    /// <summary>VLAN id that a frame with an 802.1Q header has here: its own, that of the service tag whose type was lost on the way, or 0 where it would mean another tag.</summary>
    internal ushort OfVlan(int id) => _vlans[id];

    /// <summary>VLAN id that stands for a service tag; 0 for none.</summary>
    internal ushort OfService(int id) => _services[id];

    /// <summary>VLAN id that stands for the upper 18 bits of a label; 0 for none.</summary>
    internal ushort OfLabel(uint tag) => _labels is { } labels ? labels[tag] : (ushort)0;

    /// <summary>VLAN id that stands for a code point; 0 for none.</summary>
    internal ushort OfCodePoint(int codePoint) => _codePoints[codePoint];

    /// <summary>What a VLAN id stands for; false when for itself.</summary>
    internal bool TryGetWire(int id, out TagKind kind, out uint value)
    {
        var word = Volatile.Read(ref _wire[id]);
        (kind, value) = ((TagKind)(word >> KindShift), word & 0xff_ffff);
        return word != 0;
    }

    private void Take(ResidualProgram program)
    {
        var key = (program.Chain, program.Revision);
        if (_programs.ContainsKey(key))
        {
            return;
        }

        var wanted = program.IngressTags.Select(tag => tag.Value).Concat(program.EgressTags.Where(tag => tag.Value != 0).Select(tag => tag.Value))
            .Distinct().Select(value => (program.TagKind, value)).ToList();
        List<(TagKind, uint)> taken = [];
        foreach (var tag in wanted)
        {
            if (!TryTake(tag))
            {
                taken.ForEach(LetGo);
                throw new ProgramRejectedException(program.TagKind is TagKind.Vlan
                    ? $"VLAN id {tag.value} stands for another tag on this server, which has tags of several kinds"
                    : $"no VLAN id is left on this server to stand for another tag by {TagRange.Of(program.TagKind).Name}, of which it can have {DispatchTag.MaximumVlanTag}");
            }

            taken.Add(tag);
        }

        _programs.Add(key, taken);
    }

    private bool TryTake((TagKind Kind, uint Value) tag)
    {
        if (_uses.TryGetValue(tag, out var known))
        {
            _uses[tag] = known with { Programs = known.Programs + 1 };
            return true;
        }

        if (tag.Value > TagRange.Of(tag.Kind).Last || FreeId(tag) is not { } id)
        {
            return false;
        }

        if (_holders[id] is { } before)
        {
            _uses.Remove(before);
            SetMeaning(before, id, isGone: true);
        }

        _holders[id] = tag;
        _uses[tag] = new Use(id, 1);
        if (tag.Kind != TagKind.Vlan)
        {
            SetMeaning(tag, id, isGone: false);
            _isActive = true;
        }

        return true;
    }

    /// <summary>
    /// An id that stands for nothing: the tag's own value where it is an id, as a device may lose a service tag's type; else from the top down, and then those that
    /// have been free the longest.
    /// </summary>
    private ushort? FreeId((TagKind Kind, uint Value) tag)
    {
        if (tag.Kind is TagKind.Vlan or TagKind.QinQ)
        {
            return tag.Value is > 0 and <= DispatchTag.MaximumVlanTag && IsFree((ushort)tag.Value) ? (ushort)tag.Value : null;
        }

        for (; _nextId > 0; _nextId--)
        {
            if (_holders[_nextId] is null)
            {
                return (ushort)_nextId--;
            }
        }

        while (_released.TryDequeue(out var id))
        {
            if (IsFree(id))
            {
                return id;
            }
        }

        return null;
    }

    private bool IsFree(ushort id) => _holders[id] is not { } holder || _uses[holder].Programs == 0;

    private ushort IdOf(TagKind kind, uint value) => _uses[(kind, value)].Id;

    /// <summary>A tag keeps its id and meaning until another needs the id: frames with it are known for those of a program that has gone.</summary>
    private void LetGo((TagKind Kind, uint Value) tag)
    {
        var use = _uses[tag];
        _uses[tag] = use with { Programs = use.Programs - 1 };
        if (use.Programs == 1)
        {
            _released.Enqueue(use.Id);
        }
    }

    private void SetMeaning((TagKind Kind, uint Value) tag, ushort id, bool isGone)
    {
        var found = isGone ? (ushort)0 : id;
        switch (tag.Kind)
        {
            case TagKind.QinQ:
                Volatile.Write(ref _services[tag.Value], found);
                break;
            case TagKind.Mpls:
                var labels = _labels ?? new ushort[Labels];
                Volatile.Write(ref labels[tag.Value], found);
                _labels = labels;
                break;
            case TagKind.Dscp:
                Volatile.Write(ref _codePoints[tag.Value], found);
                break;
            default:
                break;
        }

        Volatile.Write(ref _vlans[id], isGone || tag.Kind == TagKind.QinQ ? id : (ushort)0);
        Volatile.Write(ref _wire[id], isGone || tag.Kind == TagKind.Vlan ? 0 : ((uint)tag.Kind << KindShift) | tag.Value);
    }

    /// <summary>The id of a tag, and how many programs have the tag.</summary>
    private readonly record struct Use(ushort Id, int Programs);
}
