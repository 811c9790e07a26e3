namespace Metron.OpenFlow;

/// <summary>A message that is answered by one message of type <typeparamref name="TReply"/>.</summary>
/// <typeparam name="TReply">Type of the reply.</typeparam>
public interface IOpenFlowRequest<TReply>
    where TReply : OpenFlowMessage;

/// <summary>A message that is answered by one or more messages of type <typeparamref name="TReply"/>.</summary>
/// <typeparam name="TReply">Type of each part of the reply.</typeparam>
public interface IMultipartRequest<TReply>
    where TReply : MultipartReply;
