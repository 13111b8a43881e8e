//! Methods of decorators that forward to what they wrap.

/// Implements methods of [`Handler`](super::Handler) that forward to the handler in a field, within an `impl`:
/// `forward_methods!(inner: list_models get_model);`
///
/// The decorator denies `clippy::missing_trait_methods`, which finds a method that it neither names here nor
/// implements.
macro_rules! forward_methods {
    ($field:ident: $($method:ident)*) => {
        $(crate::handler::forward_methods!(@$method $field);)*
    };
    (@count_tokens $field:ident) => {
        crate::handler::forward_methods!(
            @fn $field count_tokens(crate::types::CountTokensRequest) -> crate::types::MessageTokensCount
        );
    };
    (@list_models $field:ident) => {
        crate::handler::forward_methods!(
            @fn $field list_models(crate::handler::ModelQuery) -> crate::types::models::ModelPage
        );
    };
    (@get_model $field:ident) => {
        crate::handler::forward_methods!(@fn $field get_model(String) -> crate::types::models::ModelInfo);
    };
    (@create_batch $field:ident) => {
        crate::handler::forward_methods!(
            @fn $field create_batch(crate::types::batches::CreateBatchRequest)
                -> crate::types::batches::MessageBatch
        );
    };
    (@list_batches $field:ident) => {
        crate::handler::forward_methods!(
            @fn $field list_batches(crate::handler::PageQuery) -> crate::types::batches::MessageBatchPage
        );
    };
    (@get_batch $field:ident) => {
        crate::handler::forward_methods!(@fn $field get_batch(String) -> crate::types::batches::MessageBatch);
    };
    (@cancel_batch $field:ident) => {
        crate::handler::forward_methods!(@fn $field cancel_batch(String) -> crate::types::batches::MessageBatch);
    };
    (@delete_batch $field:ident) => {
        crate::handler::forward_methods!(
            @fn $field delete_batch(String) -> crate::types::batches::DeletedMessageBatch
        );
    };
    (@batch_results $field:ident) => {
        crate::handler::forward_methods!(@fn $field batch_results(String) -> crate::handler::BatchResultStream);
    };
    (@fn $field:ident $method:ident($Argument:ty) -> $Body:ty) => {
        async fn $method(
            &self,
            argument: $Argument,
            context: crate::handler::RequestContext,
        ) -> Result<crate::handler::Reply<$Body>, crate::error::ApiError> {
            self.$field.$method(argument, context).await
        }
    };
}

pub(crate) use forward_methods;
