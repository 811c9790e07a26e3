using Metron.Dataplane.Flows;
using Metron.Dataplane.Programs;
using Metron.Dpdk;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <content>Copies that functions ask for: of the packet as it is between two of them.</content>
internal sealed unsafe partial class SlowPath
{
    /// <summary>Most copies of one packet whose flow is cached.</summary>
    private const int MaximumCopies = 4;

    private readonly NotedCopy[] _noted = new NotedCopy[MaximumCopies];
    private int _notedCount;

    /// <summary>Makes the copy that the function at work asked for, and notes what those of later packets shall be.</summary>
    private void Copy(Mbuf mbuf, IngressSlot slot, int function, bool isError)
    {
        var compiled = slot.Program.Compiled;
        var target = compiled.Target(function, _packet.CopyPort - 1);
        _packet.CopyPort = 0;
        if (target.Endpoint < 0 || compiled.Egress(target.Endpoint) is not { } egress)
        {
            return; // no copy leaves by there
        }

        ref readonly var headers = ref _packet.Headers;
        var image = ExitImage.Make(
            slot.IsTagged ? compiled.Program.TagKind : null,
            egress.Value,
            IsWritten(headers.EthernetDestination) ? headers.EthernetDestination
                : slot.IsDestinationWritten ? ExitKey.Unchanged
                : egress.PeerMac ?? ExitKey.Unchanged,
            IsWritten(headers.EthernetSource) ? headers.EthernetSource : ExitKey.Unchanged);
        var written = headers;
        (written.EthernetDestination, written.EthernetSource) = (_before.EthernetDestination, _before.EthernetSource);
        if (_packet.IsCopied)
        {
            Send(mbuf, slot.Program, function, written, image, isError);
        }

        if (_notedCount == MaximumCopies)
        {
            _isCacheable = false;
            return;
        }

        _noted[_notedCount++] = new NotedCopy(_packet.WorkCount - 1, written, image, _packet.CopyLength);
    }

    private void Send(Mbuf mbuf, WorkerProgram program, int function, in PacketHeaders written, ExitImage image, bool isError)
    {
        if (!_copies.TryMake(mbuf, out var copy))
        {
            program.CountDrop(function, DropReason.NoBuffer);
            _counters->CountDrop(DropReason.NoBuffer);
            return;
        }

        var frame = copy.Bytes;
        FrameRewriter.Write(frame, _layout, _before, written);
        if (_segmentSizeOffset != 0)
        {
            SegmentSizeOption.Write(frame, _layout, _segmentSizeOffset, _packet.SegmentSize);
        }

        if (isError)
        {
            FrameRewriter.WriteEmbedded(frame, _layout, _embeddedBefore, _packet.Embedded);
        }

        ExitImage.Write(copy.Data, image.Keep, image.Value);
        PacketCopies.Truncate(copy, _packet.CopyLength, _layout.NetworkOffset);
    }

    /// <summary>Gives the flow's entry what its packets' copies shall be.</summary>
    private void AttachCopies<TAddresses>(FlowEntry<TAddresses>* entry)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        for (var i = 0; i < _notedCount; i++)
        {
            ref readonly var noted = ref _noted[i];
            var action = _flows.AddCopy(entry->Work, noted.Work);
            if (action != null)
            {
                action->Keep = noted.Image.Keep;
                action->Value = noted.Image.Value;
                action->Length = noted.Length;
                FlowComposer.Fill((FlowEntry<TAddresses>*)&action->Action, _before, noted.Headers, 0, 0);
            }
        }
    }

    private readonly record struct NotedCopy(int Work, PacketHeaders Headers, ExitImage Image, int Length);
}
